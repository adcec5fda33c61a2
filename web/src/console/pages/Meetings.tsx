/** Being written. */
export default function Meetings() {
  return null;
}
