// Makes the screens installable and lets the shell open without a connection. Data is never cached:
// what an approver sees is the server's answer or a clear word that there is none.
const SHELL = 'erp-shell-2'
// Files of the build carry their content's hash in their names: what is kept never grows old.
const isAsset = (url) => url.pathname.startsWith('/assets/erp_rules/frontend/')
const isPage = (request, url) => request.mode === 'navigate' && url.pathname.startsWith('/erp')

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) =>
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  ),
)
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (isAsset(url)) {
    event.respondWith(
      caches.open(SHELL).then(async (cache) => {
        const kept = await cache.match(event.request)
        if (kept) return kept
        const answer = await fetch(event.request)
        if (answer.ok) cache.put(event.request, answer.clone())
        return answer
      }),
    )
  } else if (isPage(event.request, url)) {
    event.respondWith(
      fetch(event.request).then(
        (answer) => {
          if (answer.ok && !answer.redirected) {
            const copy = answer.clone() // now: the page reads the answer, and what is read cannot be copied
            event.waitUntil(caches.open(SHELL).then((cache) => cache.put('/erp', copy)))
          }
          return answer
        },
        async () => (await caches.match('/erp')) || Response.error(),
      ),
    )
  }
})
