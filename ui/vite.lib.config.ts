// The build of the client library: two modules and what they share, for any bundler and for none.
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import pkg from "./lib/package.json" with { type: "json" };

const LICENCES = ["LICENSE-MIT", "LICENSE-APACHE"];

export default defineConfig({
  publicDir: false,
  define: { __VERSION__: JSON.stringify(pkg.version) },
  plugins: [
    {
      name: "licences",
      generateBundle() {
        for (const fileName of LICENCES) this.emitFile({ type: "asset", fileName, source: readFileSync(new URL(`../${fileName}`, import.meta.url)) });
      },
    },
  ],
  build: {
    target: "es2022",
    outDir: "lib/dist",
    minify: false,
    modulePreload: { polyfill: false },
    lib: { entry: { index: "lib/src/index.ts", appstreamer: "lib/src/appstreamer.ts" }, formats: ["es"] },
    rolldownOptions: { output: { chunkFileNames: "client.js" } },
  },
});
