// Rules for all JavaScript of the repository. Run from its root: paths below start there.
import js from "@eslint/js";
import globals from "globals";

/** Rejects `any` in JSDoc types, which the compiler accepts even in strict mode. */
const noAny = {
  /** @param {import("eslint").Rule.RuleContext} context */
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const found = /@\w+ \{[^}]*\bany\b/.test(comment.value);
        if (found && comment.loc) context.report({ loc: comment.loc, message: "`any` in a type." });
      }
    },
  }),
};

export default [
  { ignores: ["**/node_modules/", "**/vendor/", "sdk/js/types/"] },
  js.configs.recommended,
  {
    files: ["sdk/js/**", "console/**", "tests/browser/**"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { local: { rules: { "no-any": noAny } } },
    rules: {
      eqeqeq: "error",
      "local/no-any": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["sdk/js/src/**"], languageOptions: { globals: globals["shared-node-browser"] } },
  { files: ["console/**"], languageOptions: { globals: globals.browser } },
  {
    files: ["sdk/js/tests/**", "tests/browser/**"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
