import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['src', 'packages', 'test', 'bench', 'bin', 'examples'];

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/(?:^|\/)(?:node_modules|dist)\//.test(name))
    .map((name) => join(folder, name));
}

const sources = SOURCES.flatMap((folder) => filesOf(folder, /\.(?:[jt]s|tsx)$/));
const pages = [
  ...filesOf('docs', /\.md$/),
  ...filesOf('packages', /\.md$/),
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
];

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The headings of a page; what looks like one within an example is none. */
function headingsOf(page: string): string[] {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) => (match[1] as string).replaceAll('`', ''));
}

/** The anchor that a heading gets where the pages are shown. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** Pages that a text cites, with their headings: `docs/api/ledger.md "Outcomes", "Counts"`. */
function citationsOf(text: string): { page: string; headings: string[] }[] {
  // A comment may go on on the next line in between.
  const lines = text.replace(/\n\s*(?:\*|\/\/|#) /g, ' ');
  return [...lines.matchAll(/\bdocs\/[\w/-]+\.md((?:,? "[^"\n]+")*)/g)].map(([all, headings = '']) => ({
    page: all.slice(0, all.length - headings.length),
    headings: [...headings.matchAll(/"([^"]+)"/g)].map((match) => match[1] as string),
  }));
}

test('every page and heading that a comment cites is there', () => {
  const cited = sources.flatMap((file) => citationsOf(read(file)).map((citation) => ({ file, ...citation })));
  expect(cited.filter(({ headings }) => headings.length > 0).length).toBeGreaterThan(40);
  const wrong = cited.flatMap(({ file, page, headings }) => {
    if (!existsSync(join(ROOT, page))) return [`${file} cites ${page}`];
    const there = headingsOf(page);
    return headings
      .filter((heading) => !there.includes(heading))
      .map((heading) => `${file} cites ${page} "${heading}"`);
  });
  expect(wrong).toEqual([]);
});

test('no comment cites a contract: what an API must do is in docs/api', () => {
  const own = relative(ROOT, import.meta.filename);
  expect(sources.filter((file) => file !== own && /\bcontract/i.test(read(file)))).toEqual([]);
});

test('every link of a page leads to a file, and to a heading of it', () => {
  const broken = pages.flatMap((page) => {
    const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
    return links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#', 2);
        const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor);
      })
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test('every operation is in the page of its dialect', () => {
  const missing = ['organizations', 'activityid', 'actions', 'task-v2'].flatMap((dialect) => {
    const page = read(`docs/api/${dialect}.md`);
    const paths = [...read(`packages/client/src/generated/${dialect}.ts`).matchAll(/^ {4}"(\/[^"]+)": \{/gm)];
    expect(paths.length).toBeGreaterThan(2);
    // The page of organizations leaves out what all its paths begin with.
    return paths
      .map((match) => (match[1] as string).replace('/v1/organizations/{organizationId}', ''))
      .filter((path) => !page.includes(`${path}\``))
      .map((path) => `${dialect}: ${path}`);
  });
  expect(missing).toEqual([]);
});
