const reference = document.querySelector("rapi-doc");

// The bundle has no theme that follows the system's preference. The colors are those of the chat page.
const THEMES = {
  light: {
    "bg-color": "#fffefc",
    "text-color": "#1c2320",
    "primary-color": "#17694e",
    "nav-bg-color": "#f7f5f0",
    "nav-text-color": "#56605a",
    "nav-hover-bg-color": "#e0efe8",
    "nav-hover-text-color": "#1c2320",
    "nav-accent-color": "#17694e",
  },
  dark: {
    "bg-color": "#161b19",
    "text-color": "#e9ede9",
    "primary-color": "#5cc79d",
    "nav-bg-color": "#101412",
    "nav-text-color": "#a5afa9",
    "nav-hover-bg-color": "#1c3a2f",
    "nav-hover-text-color": "#e9ede9",
    "nav-accent-color": "#5cc79d",
  },
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const theme = prefersDark.matches ? "dark" : "light";
  reference.setAttribute("theme", theme);
  for (const [name, value] of Object.entries(THEMES[theme])) reference.setAttribute(name, value);
}

prefersDark.addEventListener("change", applyTheme);
applyTheme();

// The bundle takes seconds to resolve references as OpenAPI 3.1 defines them. Without references, and as a document
// of 3.0, which it renders in the same way, it takes a tenth.
const description = await (await fetch("/openapi.json")).json();
await customElements.whenDefined("rapi-doc");
reference.loadSpec({ ...resolved(description, description, []), openapi: "3.0.3" });

/** Returns a copy with each reference replaced by its target. Fields next to `$ref` override those of the target. */
function resolved(value, root, parents) {
  if (Array.isArray(value)) return value.map((item) => resolved(item, root, parents));
  if (value === null || typeof value !== "object") return value;
  const { $ref: pointer, ...fields } = value;
  const own = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, resolved(field, root, parents)]));
  // A schema that contains itself ends at its second occurrence.
  if (pointer === undefined || parents.includes(pointer)) return own;
  return { ...resolved(target(pointer, root), root, [...parents, pointer]), ...own };
}

/** Returns the value at a JSON pointer of the form `#/components/schemas/User`. */
function target(pointer, root) {
  const names = pointer.split("/").slice(1);
  return names.reduce((value, name) => value[name.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}
