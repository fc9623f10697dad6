declare module "virtual:theme.css";
declare module "*/generated/theming/index.js" {
  export const preset: import("@cloudscape-design/theming-runtime").ThemePreset;
}
