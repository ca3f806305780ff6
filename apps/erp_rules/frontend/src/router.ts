import { createRouter, createWebHistory } from 'vue-router'
import Inbox from './pages/Inbox.vue'

export const router = createRouter({
  history: createWebHistory('/erp'),
  routes: [
    { path: '/', name: 'inbox', component: Inbox },
    { path: '/start', name: 'start', component: () => import('./pages/Start.vue') },
    {
      path: '/decide/:doctype/:name',
      name: 'decide',
      component: () => import('./pages/Decision.vue'),
      props: true,
    },
    { path: '/list/:doctype', name: 'list', component: () => import('./pages/List.vue'), props: true },
    { path: '/form/:doctype/:name', name: 'form', component: () => import('./pages/Form.vue'), props: true },
    { path: '/report/:report', name: 'report', component: () => import('./pages/Report.vue'), props: true },
    { path: '/counting', name: 'Counting', component: () => import('./pages/Counting.vue') },
    { path: '/evidence', name: 'Evidence Check', component: () => import('./pages/EvidenceCheck.vue') },
    { path: '/importing', name: 'Importing', component: () => import('./pages/Importing.vue') },
    { path: '/ordering', name: 'Ordering', component: () => import('./pages/Ordering.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
