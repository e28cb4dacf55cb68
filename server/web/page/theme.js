// Light or dark: as the system has it, or as was chosen here; the one thing that the page stores.

const NEXT = { "": "dark", dark: "light", light: "" };
const NAMES = { "": "as the system", dark: "dark", light: "light" };

/** Let a button go round the themes. */
export function followTheme(button) {
  let theme = stored();
  const show = () => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    button.setAttribute("aria-label", `Colours: ${NAMES[theme]}`);
    button.title = `Colours: ${NAMES[theme]}`;
  };
  button.addEventListener("click", () => {
    theme = NEXT[theme];
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
    show();
  });
  show();
}

function stored() {
  try {
    const theme = localStorage.getItem("theme") ?? "";
    return theme in NEXT ? theme : "";
  } catch {
    return "";
  }
}
