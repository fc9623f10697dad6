// Turns the palette into rules. Runs while the app is built, never in a browser.

import { preset } from "../../node_modules/@cloudscape-design/components/internal/generated/theming/index.js";
import { generateThemeStylesheet } from "@cloudscape-design/theming-runtime";
import { palette, type Shade } from "./palette.ts";

const p = palette;
const sans = `Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
const mono = `"JetBrains Mono", ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace`;

const same = <T>(value: T, ...names: string[]) => Object.fromEntries(names.map((name) => [name, value]));

const tokens = {
  fontFamilyBase: sans,
  fontFamilyHeading: sans,
  fontFamilyDisplay: sans,
  fontFamilyMonospace: mono,
  fontSizeHeadingXl: "22px",
  lineHeightHeadingXl: "28px",
  fontSizeHeadingL: "18px",
  fontSizeHeadingM: "16px",
  fontWeightHeadingXl: "650",
  fontWeightHeadingL: "650",
  fontWeightHeadingM: "650",
  fontWeightButton: "600",
  letterSpacingHeadingXl: "-0.02em",
  ...same("8px", "borderRadiusButton", "borderRadiusInput", "borderRadiusItem", "borderRadiusDropdown"),
  ...same("12px", "borderRadiusContainer", "borderRadiusTiles", "borderRadiusDialog"),
  ...same("10px", "borderRadiusAlert", "borderRadiusFlashbar", "borderRadiusPopover"),
  ...same("6px", "borderRadiusToken", "borderRadiusBadge"),
  ...same("1px", "borderWidthButton", "borderWidthField", "borderWidthToken"),
  ...same(p.page, "colorBackgroundLayoutMain"),
  ...same(
    p.surface,
    "colorBackgroundContainerContent",
    "colorBackgroundContainerHeader",
    "colorBackgroundCard",
    "colorBackgroundInputDefault",
    "colorBackgroundControlDefault",
    "colorBackgroundDropdownItemDefault",
    "colorBackgroundPopover",
    "colorBackgroundDialog",
    "colorBackgroundDialogDefault",
    "colorBackgroundButtonNormalDefault",
  ),
  ...same(p.inset, "colorBackgroundCellShaded", "colorBackgroundCodeView", "colorBackgroundInputDisabled"),
  ...same(
    p.hover,
    "colorBackgroundDropdownItemHover",
    "colorBackgroundButtonNormalHover",
    "colorBackgroundButtonLinkHover",
    "colorBackgroundSegmentHover",
  ),
  ...same(
    p.line,
    "colorBorderDividerDefault",
    "colorBorderDividerSecondary",
    "colorBorderContainerTop",
    "colorBorderCard",
    "colorBorderLayout",
    "colorBorderPopover",
    "colorBorderDropdownContainer",
  ),
  ...same(
    p.lineStrong,
    "colorBorderInputDefault",
    "colorBorderControlDefault",
    "colorBorderButtonNormalDefault",
    "colorBorderDropdownItemHover",
  ),
  ...same(p.ink, "colorTextBodyDefault", "colorTextHeadingDefault", "colorTextFormDefault", "colorTextFormLabel"),
  ...same(
    p.ink,
    "colorTextButtonNormalDefault",
    "colorTextButtonNormalHover",
    "colorTextButtonNormalActive",
    "colorTextDropdownItemDefault",
    "colorTextDropdownItemHighlighted",
    "colorTextExpandableSectionDefault",
    "colorTextKeyValuePairsValue",
  ),
  ...same(
    p.inkMuted,
    "colorTextBodySecondary",
    "colorTextHeadingSecondary",
    "colorTextFormSecondary",
    "colorTextDropdownItemSecondary",
    "colorTextCounter",
    "colorTextEmpty",
    "colorTextLabel",
    "colorTextInteractiveDefault",
    "colorTextStatusInactive",
    "colorTextButtonInlineIconDefault",
  ),
  ...same(p.inkFaint, "colorTextInputPlaceholder", "colorTextGroupLabel"),
  ...same(
    p.accent,
    "colorTextAccent",
    "colorTextLinkDefault",
    "colorBackgroundButtonPrimaryDefault",
    "colorBorderButtonPrimaryDefault",
    "colorBackgroundControlChecked",
    "colorBackgroundSegmentActive",
    "colorBackgroundProgressBarValueDefault",
    "colorBorderItemSelected",
    "colorItemSelected",
    "colorTextButtonLinkDefault",
    "colorTextLinkButtonNormalDefault",
    "colorBorderSegmentActive",
    "colorBackgroundLayoutToggleSelectedDefault",
    "colorBackgroundSliderRangeDefault",
    "colorTextDropdownItemFilterMatch",
    "colorTextToggleButtonNormalPressed",
    "colorBorderToggleButtonNormalPressed",
  ),
  ...same(
    p.accentHover,
    "colorTextLinkHover",
    "colorBackgroundButtonPrimaryHover",
    "colorBorderButtonPrimaryHover",
    "colorBackgroundButtonPrimaryActive",
    "colorBorderButtonPrimaryActive",
    "colorTextButtonLinkHover",
    "colorTextButtonLinkActive",
    "colorTextLinkButtonNormalHover",
    "colorTextLinkButtonNormalActive",
    "colorTextButtonInlineIconHover",
    "colorTextInteractiveHover",
    "colorTextInteractiveActive",
  ),
  ...same(
    p.onAccent,
    "colorTextButtonPrimaryDefault",
    "colorTextButtonPrimaryHover",
    "colorTextButtonPrimaryActive",
    "colorTextSegmentActive",
    "colorForegroundControlDefault",
    "colorTextCalendarDateSelected",
  ),
  ...same(
    p.accentSoft,
    "colorBackgroundItemSelected",
    "colorBackgroundDropdownItemSelected",
    "colorBackgroundDropdownItemFilterMatch",
    "colorBackgroundButtonNormalActive",
    "colorBackgroundToggleButtonNormalPressed",
    "colorBackgroundButtonLinkActive",
  ),
  ...same(p.focus, "colorBorderItemFocused", "colorBorderInputFocused", "colorBorderDropdownItemFocused"),
  ...same(p.lineStrong, "colorBorderButtonNormalHover", "colorBorderButtonNormalActive"),
  ...same(p.bad, "colorTextStatusError", "colorBorderStatusError"),
  ...same(p.badSoft, "colorBackgroundStatusError"),
  ...same(p.good, "colorTextStatusSuccess"),
  ...same(p.caution, "colorTextStatusWarning", "colorBorderStatusWarning"),
  ...same(p.cautionSoft, "colorBackgroundStatusWarning"),
  ...same(p.note, "colorTextStatusInfo", "colorBorderStatusInfo"),
  ...same(p.noteSoft, "colorBackgroundStatusInfo"),
  ...same(p.accentSoft, "colorBackgroundStatusSuccess"),
};

const variables = (mode: keyof Shade) =>
  Object.entries(palette)
    .map(
      ([name, shade]) => `--pixii-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${shade[mode]};`,
    )
    .join("");

/** All of it. */
export const stylesheet = [
  `:root{--pixii-sans:${sans};--pixii-mono:${mono};color-scheme:light;${variables("light")}}`,
  `.awsui-dark-mode{color-scheme:dark;${variables("dark")}}`,
  generateThemeStylesheet({ override: { tokens }, preset }),
].join("\n");
