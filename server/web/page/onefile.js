// What is shown as one HTML file that opens without a server, and without a network.
//
// The modules travel in it as data: a file may not import its neighbours, but it may import what it holds.

const ENTRY = "saved.js";
const STYLES = ["page.css", "alternatives.css"];
const IMPORT = /((?:^|\n)(?:import|export)\b[^;"]*)"\.\/([\w-]+\.js)"/g;
const POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/**
 * Write the file.
 *
 * @param saved what `saved.js` shows
 * @param title of the page, as text
 * @param read gives the text of one of the page's own files
 */
export async function oneFile(saved, title, read) {
  const [modules, ...styles] = await Promise.all([gathered(read), ...STYLES.map(read)]);
  const imports = Object.fromEntries([...modules].map(([name, text]) => [`page/${name}`, `data:text/javascript,${encodeURIComponent(text)}`]));
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    ...styles.map((style) => `<style>\n${style}</style>`),
    `<script type="application/json" id="saved">${inScript(saved)}</script>`,
    `<script type="importmap">${inScript({ imports })}</script>`,
    `<script type="module">import "page/${ENTRY}";</script>`,
    "</head>",
    '<body><main id="work"></main><noscript>This page needs JavaScript.</noscript></body>',
    "</html>\n",
  ].join("\n");
}

/** The entry and all that it imports, by name: each import leads to what the file itself holds. */
async function gathered(read) {
  const modules = new Map();
  const add = async (name) => {
    if (modules.has(name)) return;
    modules.set(name, ""); // it is being read
    const text = await read(name);
    modules.set(name, text.replace(IMPORT, '$1"page/$2"'));
    await Promise.all([...text.matchAll(IMPORT)].map(([, , neighbour]) => add(neighbour)));
  };
  await add(ENTRY);
  return modules;
}

/** JSON that does not end the script in which it stands, whatever texts it holds. */
function inScript(value) {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}
