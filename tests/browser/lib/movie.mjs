// A recording as a browser sees it, from a web server as any other.
import { createServer } from "node:http";
import { PATIENCE } from "./browser.mjs";

/** A web server with one file on it, as any would serve it: whole or in ranges. */
async function host(file) {
  const server = createServer((request, response) => {
    if (request.url !== "/movie.mp4") return void response.setHeader("Content-Type", "text/html").end("<video muted></video>");
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "bytes=0-") ?? [];
    const [start, end] = [Number(first), Math.min(Number(last || file.length - 1), file.length - 1)];
    response.writeHead(request.headers.range ? 206 : 200, {
      "Content-Type": "video/mp4",
      "Accept-Ranges": "bytes",
      "Content-Length": end + 1 - start,
      ...(request.headers.range && { "Content-Range": `bytes ${start}-${end}/${file.length}` }),
    });
    response.end(file.subarray(start, end + 1));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** What a browser makes of a file: its length and size, whether it plays to its end, and how a picture in the middle looks. */
export async function play(browser, file) {
  const site = await host(file);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(site.url);
    return await page.evaluate(async () => {
      const video = document.querySelector("video");
      const happens = (name) =>
        new Promise((resolve, reject) => {
          video.addEventListener(name, resolve, { once: true });
          video.addEventListener("error", () => reject(new Error(`${video.error.code} ${video.error.message}`)), { once: true });
        });
      const loaded = happens("loadeddata");
      video.src = "/movie.mp4";
      await loaded;
      const { duration, videoWidth: width, videoHeight: height } = video;
      const sought = happens("seeked");
      video.currentTime = duration / 2;
      await sought;
      const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) colours.add((data[at] >> 5) * 64 + (data[at + 1] >> 5) * 8 + (data[at + 2] >> 5));
      const ended = happens("ended");
      video.playbackRate = 4;
      await video.play();
      await ended;
      return { duration, width, height, colours: colours.size, at: video.currentTime };
    });
  } finally {
    await context.close();
    site.close();
  }
}
