# %% [markdown]
# # 00 · 从这里开始
#
# **问题：一个网络能不能分清它从未见过的两个人？**
#
# *五分钟。只需要这一页；不用显卡，也不用下载。*
#
# 读完以后，您能说出什么是*嵌入*，为什么用*角度*比较人脸，以及*间隔*要求的是什么。
#
# 用 Shift + Enter 逐个运行单元格。遇到提问时，请先猜，再运行下一个单元格：猜错的地方正是学到东西的地方。提问的代码是折叠的，因为里面写着答案。

# %%
import numpy as np

import facelab
from facelab import figures, geometry, lessons

lessons.setup(language="zh")

# %% [markdown]
# ## 真实的人脸
#
# 这些照片于 1992 年至 1994 年在剑桥的 AT&T 实验室拍摄：四十个人，每人十张，表情不同，头的朝向也不同。照片已随安装一起到位，现在不会从网上取任何东西。

# %%
faces = facelab.load("orl")
faces

# %% [markdown]
# ## 任务
#
# 谁也不想每来一个新人就重新训练一次网络。所以网络在*一些*人身上学习，然后回答关于*另一些*人的问题：这里有两张照片，是同一个人吗？这叫做**开集验证**。三十个人用来学习，十个人留下来提问。

# %%
seen, held_out = faces.split_people(fraction=0.75, seed=0)
print(f"{seen.num_people} 人用来学习，{held_out.num_people} 人谁也没见过")

# %% [markdown]
# 取一对同一个人的照片和一对不同人的照片，都来自留下的那十个人。只会瞎猜的网络，有一半的时候给前一对更高的相似度。这个比例叫做 **AUC**。

# %%
lessons.predict(
    "在别人身上训练几秒钟以后：同一个人的那一对有多少时候领先？",
    ["大约 60 %", "大约 80 %", "超过 90 %"],
    answer=2,
    why="人脸变化的方式相似：在三十个人身上学到的东西，对另外十个人也管用。"
    "下一个单元格会给出结果和区间。",
)

# %% [markdown]
# ## 训练
#
# 一行代码：一个损失，一些人脸，一个随机种子。ArcFace 是本课程的损失之一；它的**间隔**和**尺度**就是下面要遇到的滑块。网络有二十多万个权重，把每张照片变成 64 个数，也就是它的**嵌入**。

# %%
run = facelab.train(loss="arcface", data="orl", epochs=30, seed=0)
print(f"每张照片 {run.embeddings.shape[1]} 个数")
run

# %% [markdown]
# 括号里的数字是诚实的部分：十个人很少，换另外十个人就会得到另一个数。区间说的是它可能变动多少。它是反复抽取*人*而不是抽取照片对得到的，因为同一个人的各对照片同好同坏。
#
# 两个嵌入有多像？只看它们之间的**角度**：0 度是同一个方向，90 度是毫无共同之处。下面是所有这些角度的余弦。

# %%
_ = figures.similarity(run.verification)
# %%
_ = figures.roc(run.verification)
# %% [markdown]
# 左边的峰和右边的峰有一点重叠：没有哪个阈值能不出错。曲线显示的是一笔交易。*TAR* 是同一个人的照片对中被接受的比例，*FAR* 是不同人的照片对中漏进来的比例。
#
# ## 看一看
#
# 六十四个数画不出来，三个数可以。所以我们用三个数的嵌入在十个人身上训练。每张照片成为球面上的一个点；每个人有一个**类中心**，就是那个较大的白色标记，它和网络一起训练。它的周围是一个圆盘，它的**球冠**：里面的嵌入离自身类中心比离其他任何类中心都近，而且至少近一个间隔 m。

# %%
lessons.predict(
    "加大间隔，网络保持不变。圆盘会怎样？",
    ["变大", "变小", "不变"],
    answer=1,
    why="对同样的人要求更多：间隔拿走的部分，由两个相邻的人各出一半。",
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
# 拖动球面可以旋转它，也可以用方向键。指向一个点可以看到人脸。移动滑块：间隔越大，球冠越小；圆盘消失的人，离邻居太近，容不下这个间隔。
#
# ## 试一试
#
# 损失对一张照片要求什么？它只看一个数 $\theta$，即到这个人的类中心的角度。没有间隔时，它希望这个角度的余弦大。ArcFace 用一个更小的数代替它。公式中的符号与下面的滑块颜色相同。

# %%
lessons.formula("arcface")

# %% [markdown]
# 两个人，圆上的两个类中心，一个嵌入。

# %%
dial = facelab.MarginDial(loss="arcface", margin=0.5, scale=16)
theta = np.linspace(0, np.pi, 181)
curves = {
    "cos θ": np.cos(theta), "ArcFace, m = 0.5": geometry.target_curve("arcface", theta, margin=0.5)
}  # fmt: skip
lessons.beside(dial, figures.target_curves(theta, curves))

# %% [markdown]
# 把间隔设为 0：只要嵌入离自身类中心更近，损失就满意了。现在把间隔加大。损失把嵌入*判给*人物 1 的那条界线朝类中心移动，而照片并没有任何改变。网络不得不拉得更用力，正是这一点让后来的人分得开。

# %%
lessons.predict(
    "在表盘中，间隔为 0.5 弧度，两个类中心相距 90 度：嵌入离自身类中心多少度以内会被判给它？",
    answer=30.7,
    why="90 度减去这个角等于这个角加上 28.6 度时，两个分数相等。",
    low=0,
    high=90,
    unit="°",
)

# %%
granted = np.degrees(geometry.tie_between("arcface", np.radians(90), margin=0.5))
print(f"0.5 弧度的间隔是 {np.degrees(0.5):.1f} 度：{granted:.1f} 度以内会被判给它")

# %% [markdown]
# ## 小测验

# %%
lessons.quiz(
    [
        (
            "为什么最后提问用的人，都不是网络训练时用过的人？",
            ["为了省时间", "因为任务就是这样：新的人", "图像太少"],
            1,
            "门禁要认得网络做好以后才加入的人。",
        ),
        (
            "两个嵌入方向相同，一个有另一个的两倍长。它们有多像？",
            ["一半像", "完全不像", "像得不能再像"],
            2,
            "只看角度，而角度是 0。",
        ),
        (
            "把阈值调高，通过的照片对变少。FAR 和 TAR 会怎样？",
            ["FAR 下降，TAR 上升", "都下降", "都上升"],
            1,
            "哪一种照片对都接受得更少：更严的门也会把自己人挡在外面。",
        ),
        (
            "网络学习时，间隔改变的是什么？",
            [
                "对每张照片的要求",
                "照片",
                "以后怎样比较人",
            ],
            0,
            "它只在训练时使用；之后两个嵌入按角度比较。",
        ),
    ]
)

# %% [markdown]
# ## 接下来
#
# * **01 · 来到球面上**（英文）：为什么丢掉长度，又为什么必须放回一个尺度。
# * **02 · 间隔**（英文）：CosFace 和 ArcFace，以及为什么同一个损失的公开代码并不相同。
# * **Playground**：所有东西一起，实时运行。
#
# ## 来源
#
# 照片：F. Samaria and A. Harter, *Parameterisation of a stochastic model for human face identification*, 1994；AT&T Laboratories Cambridge。ArcFace：Deng et al., CVPR 2019, arXiv:1801.07698。
