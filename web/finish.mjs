// Writes a .br and a .gz beside each text file of the built web app, which the server sends as they are, and puts it in
// the place of the former one, at once: a server that runs always finds a whole one.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = new URL("dist/", import.meta.url).pathname;
const place = new URL("../src/switchroom/webapp", import.meta.url).pathname;
const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;

for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
  const path = join(root, name);
  if (!TEXT.test(name) || statSync(path).size < 1000) continue;
  const text = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
}

const former = `${place}.old`;
rmSync(former, { recursive: true, force: true });
if (existsSync(place)) renameSync(place, former);
renameSync(root, place);
rmSync(former, { recursive: true, force: true });
