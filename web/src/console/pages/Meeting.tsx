/** Being written. */
export default function Meeting() {
  return null;
}
