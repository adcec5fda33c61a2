/** Being written. */
export default function Extensions() {
  return null;
}
