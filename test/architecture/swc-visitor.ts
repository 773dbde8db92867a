/** Teaches swc's visitor, with which dependency-cruiser reads TypeScript here, the statements that it does not know yet. */
import { createRequire } from 'node:module';

interface Statement {
  readonly type: string;
  decls?: unknown;
}

interface Visitor {
  visitStatement(statement: Statement): Statement;
  visitVariableDeclarators(declarators: unknown): unknown;
}

const { Visitor: SwcVisitor } = createRequire(import.meta.url)('@swc/core/Visitor.js') as {
  Visitor: { prototype: Visitor };
};

/** Makes `using` and `await using` declarations readable. */
export function readUsingDeclarations(): void {
  const known = SwcVisitor.prototype.visitStatement;
  SwcVisitor.prototype.visitStatement = function (this: Visitor, statement) {
    if (statement.type !== 'UsingDeclaration') return known.call(this, statement);
    statement.decls = this.visitVariableDeclarators(statement.decls);
    return statement;
  };
}
