// Writes a .br and a .gz beside each text file of the built web app: the server sends them as they are.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = new URL("../src/switchroom/webapp/", import.meta.url).pathname;
const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;

for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
  const path = join(root, name);
  if (!TEXT.test(name) || statSync(path).size < 1000) continue;
  const text = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
}
