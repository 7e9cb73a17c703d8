import { node, view } from "../view.mjs";

const UNASKED = -1, CHOOSE = "Choose an answer first.";

/** Text in which *stars* set words and `backticks` set code. */
function marked(text) {
  return text.split(/(\*[^*]+\*|`[^`]+`)/).map((part) => {
    if (/^\*[^*]+\*$/.test(part)) return node("em", {}, part.slice(1, -1));
    return /^`[^`]+`$/.test(part) ? node("code", {}, part.slice(1, -1)) : part;
  });
}

/** One question: its form, and `show`, which says what there is to say about the answer that was checked. */
function question({ text, right, choices }, number, check) {
  const radios = choices.map((_, i) => node("input", { type: "radio", name: "choice", value: i }));
  const verdict = node("p", { class: "eb-verdict", role: "status" });
  const others = node("ul", { class: "eb-whys" });
  const form = node("form", { class: "eb-question" },
    node("fieldset", {},
      node("legend", {}, `${number}. `, marked(text)),
      choices.map(([choice], i) => node("label", { class: "eb-choice" }, radios[i], node("span", {}, marked(choice))))),
    node("button", { type: "submit", class: "eb-again" }, "Check"),
    verdict, others);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = radios.findIndex((radio) => radio.checked);
    if (chosen < 0) verdict.replaceChildren(CHOOSE);
    else check(chosen);
  });
  let shown = UNASKED;
  const show = (answer) => {
    if (answer === shown) return;
    shown = answer;
    const said = answer === UNASKED ? [] : [node("strong", {}, answer === right ? "Right. " : "Not quite. "), marked(choices[answer][1])];
    verdict.replaceChildren(...said.flat());
    form.setAttribute("data-answer", answer === UNASKED ? "none" : answer === right ? "right" : "wrong");
    others.replaceChildren(...(answer === right ? reasons(choices, (i) => i !== right) : []));
    radios.forEach((radio, i) => { radio.checked = i === answer; });
  };
  return { form, show };
}

/** What there is to say about the choices that are wanted. */
function reasons(choices, wanted) {
  const ended = (text) => (/[.?!]$/.test(text) ? text : `${text}:`);
  return choices.flatMap(([text, why], i) => (wanted(i) ? [node("li", {}, node("span", { class: "eb-other" }, marked(ended(text))), " ", marked(why))] : []));
}

/** For paper: every question's right choice, and what is tempting about the others. */
function key(questions) {
  return node("div", { class: "eb-answers" },
    node("p", { class: "eb-caption" }, "Answers"),
    node("ol", {}, questions.map(({ right, choices }) =>
      node("li", {}, node("strong", {}, marked(choices[right][0])), " ", marked(choices[right][1]),
        node("ul", {}, reasons(choices, (i) => i !== right))))));
}

export default view((change) => {
  let asked, picture, answers;
  const check = (place, chosen) => change({ answers: answers.map((answer, i) => (i === place ? chosen : answer)) });
  return {
    draw({ questions, answers: given }) {
      answers = given;
      asked ??= questions.map((one, i) => question(one, i + 1, (chosen) => check(i, chosen)));
      picture ??= [...asked.map(({ form }) => form), key(questions)];
      asked.forEach(({ show }, i) => show(answers[i]));
      const done = answers.filter((answer) => answer !== UNASKED).length;
      const right = answers.filter((answer, i) => answer === questions[i].right).length;
      return {
        picture,
        text: done ? `${done} of ${questions.length} questions answered, ${right} right.` : `${questions.length} questions, none answered yet.`,
      };
    },
  };
});
