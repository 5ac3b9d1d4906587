#!/usr/bin/env node
// Renders a scene on a Kiln server: upload, submit, follow, download.
//
// usage: render.mjs SCENE OUTPUT [SETTINGS]
//   SCENE      a .glb or .gltf file, or sample:NAME
//   SETTINGS   a JSON object
// KILN_SERVER is the server's URL.
import { readFile, rename, writeFile } from "node:fs/promises";
import { webcrypto } from "node:crypto";
import { Kiln } from "./kiln.mjs";

globalThis.crypto ??= webcrypto; // Node 18 has it in the module only

const [scene, output, settings = "{}"] = process.argv.slice(2);
if (!output) {
  console.error("usage: render.mjs SCENE OUTPUT [SETTINGS]");
  process.exit(2);
}
try {
  const kiln = new Kiln(process.env.KILN_SERVER ?? "http://127.0.0.1:8080");
  const id = scene.startsWith("sample:") ? scene : await kiln.upload(await readFile(scene));
  const { id: job_id } = await kiln.submit({ ...JSON.parse(settings), scene: id });
  console.log("Job", job_id);
  const changed = (job) => console.log(`${job.status}, ${Math.round(job.progress * 100)} %`);
  const job = await kiln.wait(job_id, { changed });
  if (job.status !== "succeeded") throw new Error(`the job ended as ${job.status}: ${job.error?.message ?? ""}`);
  const picture = await kiln.result(job_id);
  await writeFile(output + ".part", Buffer.from(await picture.arrayBuffer()));
  await rename(output + ".part", output);
  console.log(`${output}: rendered in ${job.result.render_s.toFixed(2)} s`);
} catch (error) {
  console.error("render.mjs:", error.message);
  process.exit(1);
}
