import "@cloudscape-design/global-styles/dark-mode-utils.css";
import "./theme/fonts.css";
import "virtual:theme.css";
import "./app/shell.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { startAppearance } from "./app/appearance.ts";

startAppearance();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has a root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
