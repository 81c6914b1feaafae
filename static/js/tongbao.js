/* Small comforts. Every page works without this file. */
"use strict";

/* A form is sent once: a second press while the first is on its way is ignored. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  /* A form that answers with a download leaves the page as it is, and may be sent again after a moment. */
  setTimeout(() => delete form.dataset.sent, 5000);
});

/* Coming back with the browser's own button must find a form that can be sent again. */
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

/* An open menu closes with Escape or a press elsewhere. */
const closeMenus = (except) => {
  document.querySelectorAll("details.tb-menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.tb-menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.tb-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
