"""The style of the report: system type, both themes, and paper."""

CSS = """
:root { color-scheme: light dark; --ground: #fff; --ink: #14212a; --vb-line: #c9d6da; --vb-soft: #f4f7f8;
  --vb-dim: #4c616b; --accent: #0a6c74; --bad: #a33a06; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1519; --ink: #e6eef1; --vb-line: #2f424b;
  --vb-soft: #132026; --vb-dim: #a3b5bd; --accent: #4ec5c1; --bad: #f2a33a; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 0.94rem/1.5 system-ui, -apple-system, "Segoe UI",
  Roboto, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.2rem 1.4rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 0.35rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 0.5rem; padding-top: 0.9rem; border-top: 1px solid var(--vb-line); }
h3 { font-size: 1rem; margin: 1.3rem 0 0.3rem; }
p { margin: 0 0 0.6rem; max-width: 46rem; }
.eyebrow { font-size: 0.74rem; letter-spacing: 0.07em; text-transform: uppercase; color: var(--vb-dim); margin: 0; }
.eyebrow code { text-transform: none; letter-spacing: 0; }
.dim, figcaption, caption { color: var(--vb-dim); }
.call { border-left: 3px solid var(--accent); padding: 0.25rem 0 0.25rem 0.8rem; margin: 1rem 0 0; }
.call.bad { border-left-color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.84rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.3rem; font-size: 0.84rem; }
th, td { text-align: left; vertical-align: top; padding: 0.32rem 0.8rem 0.32rem 0; border-bottom: 1px solid
  var(--vb-line); }
thead th { font-weight: 500; color: var(--vb-dim); font-size: 0.77rem; vertical-align: bottom; }
tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 5rem; }
tbody th[scope=rowgroup] { font-weight: 650; padding-top: 1rem; }
.r { text-align: right; white-space: nowrap; }
td small { display: block; color: var(--vb-dim); font-size: 0.74rem; white-space: nowrap; line-height: 1.25; }
td.source { white-space: nowrap; }
table.all { font-size: 0.79rem; }
table.all td, table.all th { padding-top: 0.2rem; padding-bottom: 0.2rem; }
.scroll + .scroll { margin-top: 1.4rem; }
td.note { white-space: normal; overflow-wrap: anywhere; color: var(--vb-dim); }
figure { margin: 0.8rem 0 1.6rem; }
figcaption { font-size: 0.84rem; max-width: 46rem; margin-top: 0.3rem; }
.chip { display: inline-block; border: 1px solid currentColor; border-radius: 0.3rem; padding: 0 0.4rem;
  font-size: 0.76rem; line-height: 1.35rem; white-space: nowrap; color: var(--accent); }
.chip.bad { color: var(--bad); font-weight: 650; }
.towards { margin: 0 0 0.5rem; }
.towards p { margin: 0 0 0.15rem; }
ul { margin: 0.2rem 0 0.5rem; padding-left: 1.2rem; max-width: 46rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 12rem) minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0;
  font-size: 0.88rem; }
dt { color: var(--vb-dim); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: 0.4rem; } }
@media print {
  :root { color-scheme: light; --ground: #fff; --ink: #14212a; --vb-line: #c9d6da; --vb-soft: #f4f7f8;
    --vb-dim: #4c616b; --accent: #0a6c74; --bad: #a33a06; }
  html { font-size: 9.5pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  figure, tr, .towards { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
}
@page { margin: 15mm; }
"""
