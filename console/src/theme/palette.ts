// The colors of the console: verdigris, the green of copper that has seen weather, on paper
// (light) or slate (dark); copper itself for what changes data.

/** A color in the light and in the dark mode. */
export interface Shade {
  light: string;
  dark: string;
}

/** One entry per role. Each becomes a variable: `ink` is `--pixii-ink`. */
export const palette = {
  /** Behind everything. */
  page: { light: "#f5f5f1", dark: "#0f1415" },
  /** Containers, inputs. */
  surface: { light: "#ffffff", dark: "#161d1e" },
  /** A surface on a surface: code, table headers. */
  inset: { light: "#f9f9f6", dark: "#121819" },
  /** What the pointer is over. */
  hover: { light: "#eeefe9", dark: "#1e2728" },
  /** The bar at the top and the navigation. */
  frame: { light: "#ffffff", dark: "#12191a" },
  line: { light: "#e2e3dc", dark: "#263132" },
  lineStrong: { light: "#b9bdb4", dark: "#44565a" },
  ink: { light: "#1b2426", dark: "#dfe7e5" },
  inkMuted: { light: "#56625f", dark: "#9db0ad" },
  inkFaint: { light: "#65706d", dark: "#7f938f" },
  accent: { light: "#0b6e63", dark: "#52c7b6" },
  accentHover: { light: "#08564d", dark: "#7fdccd" },
  accentSoft: { light: "#e3f1ee", dark: "#17302e" },
  /** Text on the accent. */
  onAccent: { light: "#ffffff", dark: "#0a1a18" },
  copper: { light: "#a4501c", dark: "#e39a66" },
  copperSoft: { light: "#faece2", dark: "#33231a" },
  good: { light: "#1f7a3d", dark: "#6bcf8a" },
  bad: { light: "#b3261e", dark: "#ff8f84" },
  badSoft: { light: "#fbeae8", dark: "#371d1b" },
  caution: { light: "#8a5a00", dark: "#e8be5a" },
  cautionSoft: { light: "#fbf2dc", dark: "#322814" },
  note: { light: "#28609c", dark: "#84b8ef" },
  noteSoft: { light: "#e8f0f9", dark: "#1a2836" },
  /** Around what has the keyboard's focus. */
  focus: { light: "#0b6e63", dark: "#7fdccd" },
  codeString: { light: "#28713c", dark: "#9ad6a0" },
  codeNumber: { light: "#a4501c", dark: "#eeb083" },
  codeKeyword: { light: "#6b3fa0", dark: "#c6a8f2" },
  codeName: { light: "#17568f", dark: "#8fc4f5" },
  codeComment: { light: "#65706d", dark: "#7f938f" },
} satisfies Record<string, Shade>;
