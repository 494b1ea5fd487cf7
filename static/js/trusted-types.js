/* htmx puts answers into the page through one trusted-types policy and never evaluates code.
   The policy's name stands in the content security policy; the extension's in the htmx-config meta. */
(() => {
  const policy = window.trustedTypes
    ? window.trustedTypes.createPolicy("htmx", { createHTML: (text) => text })
    : { createHTML: (text) => text };

  function never() {
    throw new Error("Code in attributes is switched off.");
  }

  window.htmx?.registerExtension("trusted-types", {
    init(api) {
      api.initSecurity(
        { createHTML: (text) => policy.createHTML(text), createScript: () => "" },
        never,
        never,
      );
    },
  });
})();
