/* shop.js - the sample shop: language, appearance, basket, and who is signed in. The chat is told of all but the basket. */
'use strict'
window.hilo = window.hilo || function () { (window.hilo.q = window.hilo.q || []).push(arguments) }

const keep = (name, value) => localStorage.setItem(`shop:${name}`, value)
const kept = (name, otherwise) => localStorage.getItem(`shop:${name}`) ?? otherwise

function speak(language) {
	document.documentElement.lang = language
	const nobody = document.querySelector('#customer option')
	if (nobody) nobody.text = language === 'es' ? 'Sin iniciar sesión' : 'Not signed in'
	hilo('options', { locale: language })
}
function dress(theme) {
	document.documentElement.dataset.theme = theme
	hilo('options', { theme })
}
/* A real shop's server signs the token when the page is made; this one has them ready in a file. */
async function signIn(sub) {
	const customers = await fetch('customers.json').then((answer) => (answer.ok ? answer.json() : []))
	const customer = customers.find((each) => each.sub === sub)
	if (customer) hilo('identify', { token: customer.token })
	else hilo('signout')
	return customers
}

speak(kept('language', navigator.language.startsWith('es') ? 'es' : 'en'))
dress(kept('theme', 'auto'))
addEventListener('DOMContentLoaded', async () => {
	const on = (id, value, change) => {
		const field = document.getElementById(id)
		field.value = value
		field.addEventListener('change', () => {
			keep(id, field.value)
			change(field.value)
		})
		return field
	}
	on('language', document.documentElement.lang, speak)
	speak(document.documentElement.lang) // now that there is a page
	on('theme', document.documentElement.dataset.theme, dress)
	let basket = Number(kept('basket', 0))
	const show = () => { document.getElementById('basket').textContent = String(basket) }
	show()
	for (const button of document.querySelectorAll('[data-add]'))
		button.addEventListener('click', () => { keep('basket', ++basket); show() })
	document.getElementById('ask').addEventListener('click', () => hilo('open'))

	const field = on('customer', '', signIn)
	for (const { sub, name } of await signIn(kept('customer', ''))) field.add(new Option(name, sub))
	field.value = kept('customer', '')
})
