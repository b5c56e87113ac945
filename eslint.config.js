/** House style that a tool can check. Formatting is left to the reader's eye, except what is cheap. */
import js from '@eslint/js'
import jsdoc from 'eslint-plugin-jsdoc'
import tseslint from 'typescript-eslint'

/** Syntax that TypeScript would have to compile rather than erase. */
const noCompiledSyntax = [
  { selector: 'TSEnumDeclaration', message: 'Use a const object and a union of its values.' },
  { selector: 'TSModuleDeclaration[declare!=true]', message: 'Use a module, not a namespace.' },
  { selector: 'TSParameterProperty', message: 'Declare the field and assign it.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that one thing has one name everywhere.' }
]

/** What makes pure code impure: it comes in as a parameter instead. */
const noAmbientWorld = {
  'no-restricted-globals': ['error', ...['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'WebSocket', 'performance', 'console']
    .map(name => ({ name, message: 'protocol/ is pure: time and I/O are parameters.' }))],
  'no-restricted-properties': ['error',
    { object: 'Date', property: 'now', message: 'protocol/ is pure: time is a parameter.' },
    { object: 'Math', property: 'random', message: 'Randomness is a parameter, and never Math.random.' }
  ]
}

const documented = [
  'ExportNamedDeclaration > FunctionDeclaration',
  'ExportNamedDeclaration > ClassDeclaration',
  'ExportNamedDeclaration > TSInterfaceDeclaration',
  'ExportNamedDeclaration > TSTypeAliasDeclaration',
  'ExportNamedDeclaration[declaration.type="VariableDeclaration"]'
]

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.cache/', '**/*.pb.ts', '**/*_pb.ts', '**/*_pb.js', '**/*.d.ts'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A number in a message needs no ceremony.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      // Implementations of an async interface need not await.
      '@typescript-eslint/require-await': 'off',
      // State that changes across an await or in a callback looks constant to this rule.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-useless-assignment': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowInGenericTypeArguments: true, allowAsThisParameter: true }],
      // A generic that only names the result is how a caller states what it decodes.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Classes with only statics are not used here, but error classes carry a static code.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowStaticOnly: false }],
      // `== null` is the one short way to say null or undefined.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Text from others is cleaned of control characters, by expressions that name them.
      'no-control-regex': 'off',
      'no-restricted-syntax': ['error', ...noCompiledSyntax],
      semi: ['error', 'never'],
      quotes: ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
      indent: 'off'
    }
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
      'max-depth': ['error', 4],
      'max-params': ['error', 6],
      'jsdoc/require-jsdoc': ['error', { require: { FunctionDeclaration: false }, contexts: documented, enableFixer: false }],
      'jsdoc/require-description': ['error', { contexts: documented, checkConstructors: false }],
      // A parameter is explained where its name and type do not; what is explained must exist.
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/no-types': 'error',
      'jsdoc/empty-tags': 'error'
    }
  },
  // One place for every number, however many there are.
  { files: ['src/protocol/wire/limits.ts'], rules: { 'max-lines': 'off' } },
  { files: ['src/protocol/**/*.ts'], rules: noAmbientWorld },
  {
    files: ['src/{store,relay,node}/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Randomness is a parameter, and never Math.random.' }]
    }
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // node:assert's throws and rejects, and fakes of an interface, trip over these.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off'
    }
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly' } },
    rules: { semi: ['error', 'never'], quotes: ['error', 'single', { avoidEscape: true }] }
  },
  {
    files: ['bin/*.js'],
    languageOptions: { sourceType: 'commonjs', ecmaVersion: 2020, globals: { require: 'readonly', __dirname: 'readonly', __filename: 'readonly' } },
    // Any Node since 12 must be able to read it; of ES2020 it needs only import().
    rules: {
      'no-unused-vars': ['error', { caughtErrors: 'none' }],
      'no-restricted-syntax': ['error', 'ChainExpression', 'LogicalExpression[operator="??"]', 'BigIntLiteral', 'ImportDeclaration']
    }
  }
)
