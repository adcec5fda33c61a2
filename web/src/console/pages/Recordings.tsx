/** Being written. */
export default function Recordings() {
  return null;
}
