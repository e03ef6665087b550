// messages.es.ts - all words, put together from one file an area.
import channels from './channels.es.json'
import common from './common.es.json'
import composer from './composer.es.json'
import customer from './customer.es.json'
import inbox from './inbox.es.json'
import search from './search.es.json'
import settings from './settings.es.json'
import setup from './setup.es.json'
import shell from './shell.es.json'
import signIn from './sign-in.es.json'
import thread from './thread.es.json'
import ui from './ui.es.json'

export default { ...channels, ...common, ...composer, ...customer, ...inbox, ...search, ...settings, ...setup, ...shell, ...signIn, ...thread, ...ui }
