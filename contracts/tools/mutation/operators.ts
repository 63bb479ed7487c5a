/**
 * Mutants of Solidity sources, found in the compiler's syntax tree: what a tired programmer might have written instead.
 * Offsets are bytes, as the compiler counts.
 */

/** A node of the compiler's syntax tree; only what the operators read. */
export interface Node {
  readonly nodeType: string;
  readonly src: string;
  readonly [key: string]: unknown;
}

/** Another text for one place. */
export interface Mutant {
  /** Name of the operator that made it. */
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  /** A statement or an expression: they are switched differently. */
  readonly kind: 'statement' | 'expression';
  readonly text: string;
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&': '|',
  '|': '&',
  '<<': '>>',
  '>>': '<<',
};
const LOGIC: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' };
const COMPOUND: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '*=': '/=', '|=': '&=', '&=': '|=' };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'nodeType') === 'string';

/** Children in the order of their text. */
export function children(node: Node): Node[] {
  const found = Object.entries(node).flatMap(([key, value]): Node[] => {
    if (key === 'typeDescriptions' || key === 'documentation') return [];
    if (isNode(value)) return [value];
    return Array.isArray(value) ? value.filter(isNode) : [];
  });
  return found.filter(({ src }) => !src.startsWith('-1'));
}

const typeOf = (node: unknown): string => {
  if (!isNode(node)) return '';
  const type = node['typeDescriptions'] as { typeString?: string } | undefined;
  return type?.typeString ?? '';
};
const isInteger = (node: unknown): boolean => /^u?int\d+$/.test(typeOf(node));
const isConstant = (node: unknown): boolean => /^(int|rational)_const /.test(typeOf(node));

/** `if (…) revert …;` and nothing else. */
function isGuard(node: Node): boolean {
  let body = node['trueBody'];
  if (isNode(body) && body.nodeType === 'Block') {
    const [only, ...more] = body['statements'] as unknown[];
    body = more.length === 0 ? only : undefined;
  }
  return isNode(body) && body.nodeType === 'RevertStatement' && node['falseBody'] == null;
}

/** All mutants of one source unit. */
export function mutantsOf(unit: Node, source: Buffer): Mutant[] {
  const found: Mutant[] = [];
  const range = (node: Node): [number, number] => {
    const [start = 0, length = 0] = node.src.split(':').map(Number);
    return [start, start + length];
  };
  const text = (node: unknown): string => (isNode(node) ? source.subarray(...range(node)).toString('utf8') : '');
  const add = (node: Node, operator: string, kind: Mutant['kind'], alternative: string): void => {
    const [start, end] = range(node);
    // The compiler's range of a statement ends before its semicolon.
    const whole = kind === 'statement' ? source.indexOf(';', end - 1) + 1 : end;
    found.push({ operator, start, end: whole, kind, text: alternative });
  };
  const expression = (node: Node, operator: string, alternative: string): void =>
    add(node, operator, 'expression', alternative);

  const condition = (node: unknown): void => {
    if (!isNode(node) || typeOf(node) !== 'bool' || node.nodeType === 'Literal') return;
    expression(node, 'condition true', 'true');
    expression(node, 'condition false', 'false');
  };

  const binary = (node: Node): void => {
    if (isConstant(node)) return;
    const operator = String(node['operator']);
    const [left, right] = [node['leftExpression'], node['rightExpression']];
    const [l, r] = [`(${text(left)})`, `(${text(right)})`];
    const comparison = COMPARISONS[operator];
    if (comparison !== undefined) expression(node, `${operator} to ${comparison}`, `${l} ${comparison} ${r}`);
    const logic = LOGIC[operator];
    if (logic !== undefined) expression(node, `${operator} to ${logic}`, `${l} ${logic} ${r}`);
    const arithmetic = ARITHMETIC[operator];
    if (arithmetic !== undefined && (isInteger(node) || typeOf(node) === 'bytes32')) {
      expression(node, `${operator} to ${arithmetic}`, `${l} ${arithmetic} ${r}`);
    }
    if (operator === '/' && isInteger(node)) expression(node, 'floor rounds up', `(${l} + ${r} - 1) / ${r}`);
    if (operator !== '<<' && operator !== '>>') {
      if (isInteger(right)) literal(left);
      if (isInteger(left)) literal(right);
    }
  };

  const literal = (node: unknown): void => {
    if (!isNode(node) || node.nodeType !== 'Literal' || node['kind'] !== 'number') return;
    if (node['subdenomination'] != null || !/^\d[\d_]*$/.test(String(node['value']))) return;
    expression(node, 'literal + 1', String(BigInt(String(node['value']).replaceAll('_', '')) + 1n));
  };

  const statement = (node: Node): void => {
    const inner = node['expression'];
    const call = node['eventCall'] ?? node['errorCall'];
    if (node.nodeType === 'EmitStatement') add(node, 'delete emit', 'statement', '');
    else if (node.nodeType === 'RevertStatement') add(node, 'delete revert', 'statement', '');
    else if (isNode(inner)) {
      const pointer = typeOf(inner['leftHandSide']).includes('storage pointer');
      if (!pointer) add(node, 'delete statement', 'statement', '');
      if (inner.nodeType !== 'Assignment') return;
      const operator = String(inner['operator']);
      const [left, right] = [text(inner['leftHandSide']), text(inner['rightHandSide'])];
      const other = COMPOUND[operator];
      if (other !== undefined && isInteger(inner)) {
        add(node, `${operator} to ${other}`, 'statement', `${left} ${other} ${right};`);
        add(node, `${operator} to =`, 'statement', `${left} = ${right};`);
      }
      if (operator === '=' && isInteger(inner['leftHandSide'])) literal(inner['rightHandSide']);
    } else if (call === undefined) throw new Error(`What is a ${node.nodeType}?`);
  };

  const visit = (node: Node): void => {
    switch (node.nodeType) {
      case 'InlineAssembly':
      case 'ImportDirective':
      case 'ModifierInvocation':
      case 'InheritanceSpecifier':
      case 'UsingForDirective':
        return;
      case 'VariableDeclaration':
        if (node['constant'] === true) return;
        break;
      case 'IfStatement':
        condition(node['condition']);
        // A guard whose condition is false is a guard deleted.
        if (isGuard(node)) {
          if (isNode(node['condition'])) visit(node['condition']);
          return;
        }
        break;
      case 'WhileStatement':
      case 'Conditional':
        condition(node['condition']);
        break;
      case 'BinaryOperation':
        binary(node);
        break;
      case 'UnaryOperation':
        if (node['operator'] === '!') expression(node, 'drop !', text(node['subExpression']));
        break;
      case 'ExpressionStatement':
      case 'EmitStatement':
      case 'RevertStatement':
        statement(node);
        break;
      default:
    }
    // A loop's step is an expression statement in form only.
    const step = node['loopExpression'];
    for (const child of children(node)) if (child !== step) visit(child);
  };
  visit(unit);
  return found;
}
