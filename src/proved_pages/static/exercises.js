// Exercises with options: choose one, and see whether it is right, and why.
//
// teach/exercises.py writes the options as a list, and below it, in a fold, the same
// list with the reasons. The fold stays, for whoever wants all of them.

"use strict";

(() => {
  /** @type {(place: Element, number: number) => void} */
  const attach = (place, number) => {
    const list = place.querySelector(".exercise-options");
    const reasons = [...place.querySelectorAll(".exercise-reasons > ul > li")];
    if (!list || list.children.length !== reasons.length) return;

    const form = document.createElement("form");
    form.className = "exercise-form";
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = "Choose one";
    group.append(legend);
    const fields = [...list.children].map((item, index) => {
      const label = document.createElement("label");
      const field = document.createElement("input");
      field.type = "radio";
      field.name = `exercise-${number}`;
      field.value = String(index);
      const words = document.createElement("span");
      const shown = item.querySelector("p") || item;
      words.append(...[...shown.childNodes].map((node) => node.cloneNode(true)));
      label.append(field, words);
      group.append(label);
      return field;
    });
    const button = document.createElement("button");
    button.textContent = "Check";
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    form.append(group, button, said);
    list.replaceWith(form);

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = fields.findIndex((field) => field.checked);
      said.className = "";
      if (chosen < 0) {
        said.textContent = "Choose an answer first.";
        return;
      }
      const item = /** @type {Element} */ (reasons[chosen]);
      const right = item.classList.contains("right");
      const reason = item.querySelector(".exercise-reason");
      said.className = right ? "right" : "wrong";
      said.replaceChildren(right ? "Right: " : "Not this one: ");
      said.append(...[...(reason?.childNodes || [])].map((node) => node.cloneNode(true)));
    });
    // What is said belongs to what was checked, not to a new choice.
    group.addEventListener("change", () => said.replaceChildren());
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".exercise").forEach(attach);
  });
})();
