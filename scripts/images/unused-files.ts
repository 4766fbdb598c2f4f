/** The files of packages that no process loads. Packages that no process loads are left out by image-files.ts. */

/** Sources, types, tests and documents of any package. Licences stay. */
const NAMES =
  /\.(map|[cm]?ts|tsx|bundle)$|^(?!license|licence|notice).*\.(md|markdown)$|^(node_modules|tests?|__tests__)$/i;

/** Copies for browsers and bundlers, of packages with CommonJS as `main`: processes require that. */
const COPIES = /(^|\/)(dist-es|esm5|esm2015|bundles|iife|amd)$|^build\/(esm|esnext)$/;

/** Further files by package. */
const PATHS: Record<string, RegExp> = {
  // Of the page that draws thumbnails, only the loader of models is an addon.
  three:
    /^src$|^build\/three\.(tsl|webgpu).*\.js$|^examples\/(?!jsm$)[^/]+$|^examples\/jsm\/(?!loaders$|utils$)[^/]+$|^examples\/jsm\/loaders\/(?!GLTFLoader\.js$)/,
  '@pixiv/three-vrm': /^lib\/nodes$|\.min\.c?js$/,
  // Pages for traces and recordings.
  'playwright-core': /^lib\/vite$/,
  '@hyzyla/pdfium': /^dist\/(pdfium\.wasm\.base64.*|index\.esm\.(base64|browser|cdn|worker)\.js|worker.*)$/,
  // Documents, translations, and the places of the world for -geolocate.
  'exiftool-vendored.pl': /^bin\/(Changes|build_geolocation)$|\.pod$|\/ExifTool\/Lang$|\/Geolocation\.dat$/,
  // The gateway sends their bundles to browsers.
  graphiql: /^(dist|graphiql\.js|graphiql\.css)$/,
  'react-dom': /^(cjs|umd\/(?!react-dom\.production\.min\.js$).+)$/,
  react: /^umd\/(?!react\.production\.min\.js$).+/,
  'libphonenumber-js': /^(bundle|es6|es6-modern|source)$/,
  '@opentelemetry/semantic-conventions': /\.mjs$/,
  openai: /\.mjs$/,
  'csv-parse': /^dist\/(umd|esm)$/,
  'csv-stringify': /^dist\/(umd|esm)$/,
  dayjs: /^esm$/,
  jszip: /^dist$/,
  pako: /^dist$/,
  validator: /^es$|^validator(\.min)?\.js$/,
  yaml: /^browser$/,
};

/** Of our own packages. */
const OUR_NAMES = new Set(['src', 'examples', 'tsconfig.json']);

/**
 * Whether images leave out a file or folder.
 * @param path in the folder of the package
 * @param name of the package; undefined for ours
 */
export function isUnused(path: string, name: string | undefined): boolean {
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (NAMES.test(base)) return true;
  return name === undefined ? OUR_NAMES.has(base) : COPIES.test(path) || (PATHS[name]?.test(path) ?? false);
}
