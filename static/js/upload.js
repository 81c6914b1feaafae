/* A file on its way shows how far it is. Without this the form is sent as any other, and the browser shows it. */
"use strict";

const watchUploads = () => {
  document.querySelectorAll("form[enctype='multipart/form-data']").forEach((form) => {
    const line = form.querySelector("[data-progress]");
    if (line) watchUpload(form, line);
  });
};

/* The answer is a page of ours: the next step, or this one with what is to be put right. It takes this one's place. */
const showAnswer = (request) => {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  if (request.responseURL && request.responseURL !== location.href) {
    history.pushState(null, "", request.responseURL);
    addEventListener("popstate", () => location.reload());
  }
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  scrollTo(0, 0);
  (document.querySelector("[autofocus]") || document.querySelector("main")).focus();
  watchUploads();
};

const watchUpload = (form, line) => {
  const files = [...form.querySelectorAll("input[type=file]")];

  /* Two inputs of one name, one file: choosing in one empties the other. Where several may come, both count. */
  files.forEach((input) => {
    input.addEventListener("change", () => {
      const same = files.filter((other) => other.name === input.name);
      if (!input.files.length || same.some((other) => other.multiple)) return;
      same.filter((other) => other !== input).forEach((other) => (other.value = ""));
    });
  });

  const show = (share) => {
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = share;
    bar.setAttribute("aria-hidden", "true");
    line.hidden = false;
    line.replaceChildren(`${line.dataset.progress} ${share}%`, bar);
  };

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !files.some((input) => input.files.length)) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const said = new FormData(form);
    if (event.submitter && event.submitter.name) said.append(event.submitter.name, event.submitter.value);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) show(Math.round((step.loaded / step.total) * 100));
    });
    request.addEventListener("load", () => showAnswer(request));
    /* No way through: sent as any other form, so that the browser says what is wrong. */
    request.addEventListener("error", () => form.submit());
    show(0);
    request.send(said);
  });
};

watchUploads();
