/* htmx puts answers into the page through one trusted-types policy and never evaluates code: what a script in an
   answer holds is dropped. The policy's name stands in the content security policy; the extension's in the
   htmx-config meta. */
(() => {
  const rules = { createHTML: (text) => text, createScript: () => "" };
  const policy = window.trustedTypes ? window.trustedTypes.createPolicy("htmx", rules) : rules;

  function never() {
    throw new Error("Code in attributes is switched off.");
  }

  window.htmx?.registerExtension("trusted-types", {
    init(api) {
      api.initSecurity(
        { createHTML: (text) => policy.createHTML(text), createScript: (text) => policy.createScript(text) },
        never,
        never,
      );
    },
  });
})();
