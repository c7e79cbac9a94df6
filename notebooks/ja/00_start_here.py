# %% [markdown]
# # 00 · はじめに
#
# **問い：ネットワークは、一度も見たことのない二人を見分けられるか。**
#
# *5 分。必要なのはこのページだけ。GPU もダウンロードもいらない。*
#
# 読み終えると、*埋め込み*とは何か、顔をなぜ*角度*で比べるのか、*マージン*が何を求めるのかを言えるようになる。
#
# セルは Shift + Enter で順に実行する。問いが出たら、次のセルを実行する前にまず予想してみよう。外れたところでこそ学べる。問いのコードは、答えが書いてあるので畳んである。

# %%
import numpy as np

import facelab
from facelab import figures, geometry, lessons

lessons.setup(language="ja")

# %% [markdown]
# ## 本物の顔
#
# これらの写真は 1992 年から 1994 年にケンブリッジの AT&T 研究所で撮影された。40 人、一人 10 枚ずつで、表情も顔の向きもさまざまだ。インストールと一緒に届いているので、いま何かを取りに行くことはない。

# %%
faces = facelab.load("orl")
faces

# %% [markdown]
# ## 課題
#
# 新しい人が来るたびにネットワークを学習し直したい人はいない。そこでネットワークは*ある*人たちで学び、*別の*人たちについて問われる。ここに写真が 2 枚ある。同じ人か。これを**オープンセット照合**という。30 人で学び、10 人は問いのために残しておく。

# %%
seen, held_out = faces.split_people(fraction=0.75, seed=0)
print(f"{seen.num_people} 人で学び、{held_out.num_people} 人はまだ誰も見ていない")

# %% [markdown]
# 同じ人の写真の組と、違う人の写真の組を、どちらも残した 10 人から一つずつ取る。当てずっぽうのネットワークは、半分の割合で前の組に高い類似度を与える。この割合を **AUC** という。

# %%
lessons.predict(
    "別の人たちで数秒学習したあと、同じ人の組が上になるのはどれくらいの割合か。",
    ["およそ 60 %", "およそ 80 %", "90 % より多い"],
    answer=2,
    why="顔の変わり方はよく似ている。30 人で学んだことは別の 10 人にも通用する。"
    "次のセルが区間とともに示す。",
)

# %% [markdown]
# ## 学習する
#
# 1 行で済む。損失、顔、乱数の種。ArcFace はこの講座の損失の一つで、その**マージン**と**スケール**は、あとで出てくるスライダーだ。ネットワークには 20 万あまりの重みがあり、写真をそれぞれ 64 個の数、つまり**埋め込み**に変える。

# %%
run = facelab.train(loss="arcface", data="orl", epochs=30, seed=0)
print(f"写真 1 枚につき {run.embeddings.shape[1]} 個の数")
run

# %% [markdown]
# 括弧の中の数が正直なところだ。10 人は少なく、別の 10 人なら別の数になる。区間は、それがどれだけ動きうるかを示す。組ではなく*人*を何度も引き直して求めている。同じ人の組は、よいも悪いも一緒だからだ。
#
# 二つの埋め込みはどれだけ似ているか。見るのは間の**角度**だけだ。0 度なら同じ向き、90 度なら共通するものがない。次の図は、それらすべての角度のコサインである。

# %%
_ = figures.similarity(run.verification)
# %%
_ = figures.roc(run.verification)
# %% [markdown]
# 左の山と右の山は少し重なっている。間違いのないしきい値はない。曲線はその取引を示す。*TAR* は同じ人の組のうち受け入れられる割合、*FAR* は違う人の組のうちすり抜ける割合である。
#
# ## 見る
#
# 64 個の数は描けないが、3 個なら描ける。そこで、3 個の数の埋め込みで 10 人を学習しよう。写真はそれぞれ球面上の点になる。一人ひとりに**クラス中心**、つまり大きな白い印があり、ネットワークと一緒に学習された。その周りの円盤が**キャップ**である。中にある埋め込みは、ほかのどの中心よりも自クラス中心に近く、しかも少なくともマージン m だけ近い。

# %%
lessons.predict(
    "ネットワークはそのままで、マージンを上げる。円盤はどうなるか。",
    ["大きくなる", "小さくなる", "変わらない"],
    answer=1,
    why="同じ人たちにより多くを求めるからだ。マージンの取り分は、隣り合う二人から半分ずつ取られる。",
)

# %%
small = facelab.train(
    "arcface", seed=0, embedding_dim=3, fraction=0.25, backbone="live", augment=False, margin=0.3
)
ten, _ = small.faces()
points = small.arrays["train_embeddings"]
sphere = facelab.Sphere(
    points, ten.labels, centers=small.centers, images=ten.images, names=ten.names, margin=0.3
)
nearest, _ = geometry.nearest_center(small.centers)
caps = geometry.cap_radius(nearest, margin=0.3)
lessons.beside(sphere, figures.sphere(points, ten.labels, small.centers, caps, names=ten.names))

# %% [markdown]
# 球はドラッグか矢印キーで回せる。点を指すと顔が見える。スライダーを動かしてみよう。マージンが広いほどキャップは小さくなり、円盤が消える人は、隣の人に近すぎてそのマージンが入らない。
#
# ## 触れる
#
# 損失は 1 枚の写真に何を求めるのか。見るのは一つの数 $\theta$、その人のクラス中心との角度だ。マージンがなければ、その角度のコサインが大きいことを望む。ArcFace は代わりにもっと小さなものを置く。式の記号は、下のスライダーと同じ色である。

# %%
lessons.formula("arcface")

# %% [markdown]
# 二人、円の上の二つの中心、一つの埋め込み。

# %%
dial = facelab.MarginDial(loss="arcface", margin=0.5, scale=16)
theta = np.linspace(0, np.pi, 181)
curves = {
    "cos θ": np.cos(theta), "ArcFace, m = 0.5": geometry.target_curve("arcface", theta, margin=0.5)
}  # fmt: skip
lessons.beside(dial, figures.target_curves(theta, curves))

# %% [markdown]
# マージンを 0 にしてみよう。埋め込みが自クラス中心のほうに近くなれば、損失はすぐ満足する。次にマージンを上げる。損失が埋め込みを人物 1 のものと*認める*境目は、写真は何も変わっていないのに、中心のほうへ動く。ネットワークはもっと強く引かなければならず、それがあとから来る人たちを引き離す。

# %%
lessons.predict(
    "ダイヤルで、マージン 0.5 ラジアン、中心どうしは 90 度。"
    "埋め込みは自クラス中心から何度まで認められるか。",
    answer=30.7,
    why="90 度からその角を引いたものと、その角に 28.6 度を足したものが等しいところで、二つの得点が並ぶ。",
    low=0,
    high=90,
    unit="°",
)

# %%
granted = np.degrees(geometry.tie_between("arcface", np.radians(90), margin=0.5))
print(f"0.5 ラジアンのマージンは {np.degrees(0.5):.1f} 度：{granted:.1f} 度まで認められる")

# %% [markdown]
# ## クイズ

# %%
lessons.quiz(
    [
        (
            "最後に問われる人たちは、なぜ学習に使われなかった人ばかりなのか。",
            ["時間を節約するため", "新しい人を扱うのが課題だから", "画像が足りないから"],
            1,
            "入口の認証は、ネットワークができたあとに加わった人も見分けなければならない。",
        ),
        (
            "二つの埋め込みが同じ向きで、一方は長さが 2 倍ある。どれだけ似ているか。",
            ["半分だけ似ている", "まったく似ていない", "この上なく似ている"],
            2,
            "見るのは角度だけで、それは 0 である。",
        ),
        (
            "しきい値を上げて、通る組を減らす。FAR と TAR はどうなるか。",
            ["FAR は下がり、TAR は上がる", "どちらも下がる", "どちらも上がる"],
            1,
            "どちらの組も受け入れが減る。厳しい入口は仲間も追い返す。",
        ),
        (
            "ネットワークが学ぶあいだ、マージンは何を変えるのか。",
            [
                "写真それぞれに求めること",
                "写真",
                "あとで人を比べる方法",
            ],
            0,
            "使うのは学習のときだけ。そのあとは二つの埋め込みを角度で比べる。",
        ),
    ]
)

# %% [markdown]
# ## 次へ
#
# * **01 · 球面へ**（英語）：なぜ長さを捨て、なぜスケールを戻さなければならないのか。
# * **02 · マージン**（英語）：CosFace と ArcFace。同じ損失の公開コードがなぜ異なるのか。
# * **Playground**：すべてを一度に、動かしながら。
#
# ## 出典
#
# 写真：F. Samaria and A. Harter, *Parameterisation of a stochastic model for human face identification*, 1994；AT&T Laboratories Cambridge。ArcFace：Deng et al., CVPR 2019, arXiv:1801.07698。
