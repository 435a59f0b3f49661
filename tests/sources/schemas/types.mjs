// Prints a JSON schema for each type that a file exports, with what they refer to.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, file] = process.argv.slice(2);
const ts = createRequire(resolve(folder, "package.json"))("typescript");
const program = ts.createProgram([resolve(folder, file)], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
});
const wrong = ts.getPreEmitDiagnostics(program);
if (wrong.length) {
  console.error(wrong.map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n")).join("\n"));
  process.exit(1);
}
const checker = program.getTypeChecker();
const definitions = {};
const names = new Map();
const is = (type, flag) => Boolean(type.flags & flag);

function union(types) {
  const members = types.filter((one) => !is(one, ts.TypeFlags.Undefined | ts.TypeFlags.Void));
  const values = members.filter((one) => one.isLiteral() || is(one, ts.TypeFlags.BooleanLiteral | ts.TypeFlags.Null));
  const others = members.filter((one) => !values.includes(one)).map(schemaOf);
  const literals = values.map((one) =>
    is(one, ts.TypeFlags.Null) ? null : is(one, ts.TypeFlags.BooleanLiteral) ? one.intrinsicName === "true" : one.value);
  const all = literals.length ? [{ enum: literals }, ...others] : others;
  return all.length === 1 ? all[0] : { anyOf: all };
}

function object(type) {
  const properties = {}, required = [];
  for (const property of checker.getPropertiesOfType(type)) {
    const inner = checker.getTypeOfSymbol(property);
    if (inner.getCallSignatures().length) continue;
    properties[property.name] = schemaOf(inner);
    const mayLack = property.flags & ts.SymbolFlags.Optional || (inner.isUnion() && inner.types.some((one) => is(one, ts.TypeFlags.Undefined)));
    if (!mayLack) required.push(property.name);
  }
  const others = checker.getIndexInfosOfType(type).map((one) => schemaOf(one.type));
  const made = { type: "object", properties, required };
  if (others.length) made.additionalProperties = others.length === 1 ? others[0] : { anyOf: others };
  return made;
}

function schemaOf(type) {
  if (is(type, ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return {};
  if (is(type, ts.TypeFlags.Never | ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return { not: {} };
  if (type.isUnion()) return union(type.types);
  if (type.isLiteral() || is(type, ts.TypeFlags.BooleanLiteral | ts.TypeFlags.Null)) return union([type]);
  if (is(type, ts.TypeFlags.StringLike)) return { type: "string" };
  if (is(type, ts.TypeFlags.NumberLike)) return { type: "number" };
  if (is(type, ts.TypeFlags.BooleanLike)) return { type: "boolean" };
  if (checker.isTupleType(type) || checker.isArrayType(type)) {
    const members = checker.getTypeArguments(type);
    return { type: "array", items: members.length === 1 ? schemaOf(members[0]) : { anyOf: members.map(schemaOf) } };
  }
  if (!names.has(type)) {
    names.set(type, `Type${names.size}`);
    definitions[names.get(type)] = object(type);
  }
  return { $ref: `#/$defs/${names.get(type)}` };
}

const source = program.getSourceFile(resolve(folder, file));
for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
  definitions[symbol.name] = schemaOf(checker.getDeclaredTypeOfSymbol(symbol));
}
console.log(JSON.stringify(definitions));
