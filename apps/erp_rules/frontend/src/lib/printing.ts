/** Print a page that the server made; the browser asks for the printer. */
export function printPage(html: string, title: string) {
  const frame = document.createElement('iframe')
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0'
  frame.title = title
  frame.onload = () => frame.contentWindow?.print()
  frame.srcdoc = html
  document.body.append(frame)
}
