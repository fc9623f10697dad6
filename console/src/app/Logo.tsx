/** The mark: the horseshoe magnet of the first dynamo, over what it sets in motion. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="pixii-mark">
      <rect width="32" height="32" rx="9" className="pixii-mark-ground" />
      <path d="M9 21v-7.5a7 7 0 0 1 14 0V21" fill="none" strokeWidth="4" className="pixii-mark-magnet" />
      <path d="M7 24.5h4M21 24.5h4" fill="none" strokeWidth="3.4" className="pixii-mark-pole" />
      <circle cx="16" cy="19.5" r="2.7" className="pixii-mark-spark" />
    </svg>
  );
}

/** The mark and the name. */
export function Wordmark() {
  return (
    <span className="pixii-wordmark">
      <Mark />
      <span>Pixii</span>
    </span>
  );
}
