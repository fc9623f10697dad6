// The theme as a stylesheet, made while the app is built: `import "virtual:theme.css"`.
//
// Cloudscape can also apply a theme in the browser, but then every visitor loads the generator
// with all tokens, and sees the page once without it.

import { build, type Plugin, type Rolldown } from "vite";

const NAME = "virtual:theme.css";
const SOURCE = "src/theme/stylesheet.ts";

/** Gives `virtual:theme.css`: the theme of `src/theme`, as rules on Cloudscape's and our own variables. */
export function theme(): Plugin {
  return {
    name: "pixii-theme",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? stylesheet() : undefined),
    handleHotUpdate: ({ file, server }) => {
      if (file.includes("/src/theme/")) server.restart().catch(() => undefined);
    },
  };
}

async function stylesheet(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    build: { ssr: SOURCE, write: false },
    ssr: { noExternal: true },
  })) as Rolldown.RolldownOutput;
  const code = built.output[0].code;
  const module = (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)) as {
    stylesheet: string;
  };
  return module.stylesheet;
}
