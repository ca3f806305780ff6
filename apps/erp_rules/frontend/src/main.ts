import { createApp } from 'vue'
import App from './App.vue'
import { applyTheme, loadBoot } from './lib/boot'
import { router } from './router'
import './index.css'

applyTheme()
loadBoot()
  .catch((error) => {
    // The shell still opens and says that the server cannot be reached.
    console.error(error)
  })
  .finally(() => createApp(App).use(router).mount('#app'))

if ('serviceWorker' in navigator && window.isSecureContext) {
  navigator.serviceWorker.register('/erp-worker.js', { scope: '/erp' }).catch((error) => console.warn(error))
}
