// eslint.config.js - what reads well and stays safe: types, templates, accessibility, and who may import whom.
import a11y from 'eslint-plugin-vuejs-accessibility'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const features = ['composer', 'customer', 'inbox', 'search', 'settings', 'setup', 'sign-in', 'thread']
const no = (group, message) => ({ 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] })

export default ts.config(
	{ ignores: ['built/**', 'src/api/schema.d.ts'] },
	...ts.configs.recommended,
	...vue.configs['flat/recommended'],
	...a11y.configs['flat/recommended'],
	{
		files: ['**/*.vue'],
		languageOptions: { parserOptions: { parser: ts.parser } },
		rules: {
			'vue/no-v-html': 'error',
			'vue/multi-word-component-names': 'off',
			'vue/max-attributes-per-line': 'off',
			'vue/singleline-html-element-content-newline': 'off',
			'vue/multiline-html-element-content-newline': 'off',
			'vue/html-indent': ['error', 'tab'],
			'vue/html-self-closing': 'off',
			'vue/html-closing-bracket-newline': 'off',
			'vue/first-attribute-linebreak': 'off',
			'vue/require-default-prop': 'off',
			'vue/attributes-order': 'off',
			'max-lines': ['error', 250],
			// a control is labelled by Field, around it
			'vuejs-accessibility/label-has-for': 'off',
			'vuejs-accessibility/form-control-has-label': 'off',
			'vuejs-accessibility/no-autofocus': 'off',
		},
	},
	{ files: ['**/*.ts'], ignores: ['**/*.test.ts'], rules: { 'max-lines': ['error', 300] } },
	{ files: ['**/*.test.ts'], rules: { 'vue/one-component-per-file': 'off' } },
	{ rules: { '@typescript-eslint/no-explicit-any': 'error', '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }], 'no-console': 'error', eqeqeq: 'error' } },
	{ files: ['src/ui/**'], ...{ rules: no(['@/entities/*', '@/features/*', '@/shell/*', '@/commands/*', '@/channels/*'], 'the kit knows no conversation') } },
	{ files: ['src/entities/**', 'src/realtime/**', 'src/api/**'], ...{ rules: no(['@/features/*', '@/shell/*', '@/ui/*'], 'state knows no screen') } },
	...features.map((name) => ({
		files: [`src/features/${name}/**`],
		rules: no(features.filter((other) => other !== name).flatMap((other) => [`@/features/${other}/*`, `../${other}/*`]), 'features meet in entities, commands and panes'),
	})),
)
