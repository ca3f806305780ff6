// Runs the type checker and reports what it finds in our own files. frappe-ui ships its sources,
// and the checker reports what it finds there too; that is not ours to mend.
import { spawnSync } from 'node:child_process'

const checker = spawnSync('vue-tsc', ['--noEmit', '--pretty', 'false'], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
})
const report = `${checker.stdout ?? ''}${checker.stderr ?? ''}`
const errors = report.split('\n').filter((line) => /\berror TS\d+/.test(line))
const own = errors.filter((line) => line.startsWith('src/'))
// A checker that fails without naming an error has checked nothing.
const broken = checker.error || (checker.status !== 0 && !errors.length)
if (broken) console.error(checker.error?.message || report || 'the type checker did not run')
console.log(own.length ? own.join('\n') : `types: ${broken ? 'not checked' : 'no error'}`)
process.exit(own.length || broken ? 1 : 0)
