// Views that are linked keep a choice equal: at once in the page, with a kernel or without.
//
// `_group` names the choices and the group each belongs to, for example {"person": "3f9a"}. A view
// tells its page what it holds; a view of the same group takes it over, and tells nobody what they
// know already. A view that comes later asks.

const TOLD = "facelab:told";
const ASKED = "facelab:asked";

export function linked(frame) {
  const { model } = frame;
  const groups = () => Object.entries(model.get("_group") ?? {});
  const tell = (trait, group) =>
    window.dispatchEvent(new CustomEvent(TOLD, { detail: { frame, trait, group, value: model.get(trait) } }));
  const hear = ({ detail: { frame: from, trait, group, value } }) => {
    if (from !== frame && model.get("_group")?.[trait] === group && model.get(trait) !== value) frame.set({ [trait]: value });
  };
  const answer = ({ detail: { frame: from, group: asked } }) => {
    for (const [trait, group] of groups()) if (from !== frame && group === asked) tell(trait, group);
  };
  let heard = {};
  const join = () => {
    for (const [trait, group] of groups()) {
      if (heard[trait]) continue;
      heard[trait] = true;
      frame.listen(`change:${trait}`, () => tell(trait, model.get("_group")[trait]));
      window.dispatchEvent(new CustomEvent(ASKED, { detail: { frame, group } }));
    }
  };
  window.addEventListener(TOLD, hear);
  window.addEventListener(ASKED, answer);
  frame.undo.push(() => window.removeEventListener(TOLD, hear), () => window.removeEventListener(ASKED, answer));
  frame.listen("change:_group", join);
  join();
}
