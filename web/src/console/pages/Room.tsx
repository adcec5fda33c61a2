/** Being written. */
export default function Room() {
  return null;
}
