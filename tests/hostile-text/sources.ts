/** Finds regular expressions and imports of parsers in the sources. Skips tests and migrations. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import ts from 'typescript';

export interface Expression {
  file: string;
  source: string;
  flags: string;
}

export interface Findings {
  expressions: Expression[];
  /** Files that compose expressions or call a parser. */
  files: Set<string>;
}

const PARSERS = /^(?:markdown-it|linkify-it|sanitize-html|htmlparser2|parse5|modern-ahocorasick|yaml|csv|busboy)/;

export function findReaders(): Findings {
  const files = globSync(['{kit,identity-client,gateway,standalone}/src/**/*.ts', 'subgraphs/*/src/**/*.ts'], {
    cwd: REPOSITORY,
  });
  const found: Findings = { expressions: [], files: new Set() };
  for (const file of files.filter((name) => !/\.test\.ts$|\/testing\/|\/migrations\/|\.d\.ts$/.test(name)).sort())
    lookThrough(file, found);
  return found;
}

function lookThrough(file: string, found: Findings): void {
  const text = readFileSync(join(REPOSITORY, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.expressions.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    } else if (isReader(node)) {
      found.files.add(file);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function isReader(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
    return PARSERS.test(node.moduleSpecifier.text) && !node.importClause?.isTypeOnly;
  if (ts.isNewExpression(node)) return node.expression.getText() === 'RegExp';
  if (ts.isPropertyAccessExpression(node)) return node.getText() === 'JSON.parse';
  return ts.isCallExpression(node) && node.expression.getText() === 'RegExp';
}
