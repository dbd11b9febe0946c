// Bundles every module at the top of static/js into static/dist/js, and copies the font.

import { copyFile, mkdir, readdir } from "node:fs/promises";
import { build } from "esbuild";

const sources = (await readdir("static/js")).filter((name) => name.endsWith(".js"));

await mkdir("static/dist/fonts", { recursive: true });
await copyFile("node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "static/dist/fonts/inter.woff2");
await build({
  entryPoints: sources.map((name) => `static/js/${name}`),
  outdir: "static/dist/js",
  bundle: true,
  format: "esm",
  minify: true,
  target: ["es2022"],
  logLevel: "warning",
});
