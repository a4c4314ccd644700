const listening = new WeakMap();

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const before = listening.get(parentElement);
  if (before) document.removeEventListener("click", before, true);
  const follow = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='?q=']") : null;
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue("q", new URLSearchParams(link.getAttribute("href")).get("q"));
  };
  listening.set(parentElement, follow);
  document.addEventListener("click", follow, true);
  return () => document.removeEventListener("click", follow, true);
}
