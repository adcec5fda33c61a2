/** Being written. */
export default function ConferenceServer() {
  return null;
}
