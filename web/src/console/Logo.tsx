/** A line that changes its track: the mark. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 48 48" aria-hidden style={{ flex: "none" }}>
      <rect width="48" height="48" rx="12" fill="var(--mantine-primary-color-filled)" />
      <g fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" strokeLinejoin="round">
        <path d="M11 16h9l8 16h9" />
        <path d="M11 32h9l2.4-4.8M25.6 20.8 28 16h9" opacity="0.55" />
      </g>
    </svg>
  );
}
