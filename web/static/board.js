// Charts of the board, drawn from the tables beside them: whoever sees no chart misses nothing.
const COLOURS = { red: ["超期", "#b3261e"], orange: ["临期", "#d97706"], yellow: ["预警", "#d9b300"], green: ["正常", "#3a9a5f"] };
const RATES = ["#0a3a7c", "#d97706", "#3a9a5f"];
const MARKS = ["circle", "triangle", "diamond"];
const LINES = ["solid", "dashed", "dotted"];

const heads = (table) => [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const common = (title) => ({
  animation: !still,
  aria: { enabled: true, decal: { show: true }, label: { description: title } },
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  grid: { left: 12, right: 16, top: 44, bottom: 8, containLabel: true },
  legend: { top: 8 },
  tooltip: { trigger: "axis" },
});

function stages(table) {
  const cells = [...table.tFoot.rows[0].querySelectorAll("td[data-red]")];
  return {
    ...common("各环节在办件数，按颜色"),
    xAxis: { type: "category", data: heads(table).slice(1, cells.length + 1) },
    yAxis: { type: "value", minInterval: 1 },
    series: Object.entries(COLOURS).map(([code, [name, colour]]) => ({
      name, type: "bar", stack: "all", barMaxWidth: 44, itemStyle: { color: colour },
      data: cells.map((cell) => Number(cell.dataset[code])),
    })),
  };
}

function rates(table) {
  const rows = [...table.tBodies[0].rows].filter((row) => row.querySelector("[data-value]"));
  return {
    ...common("近六个月三率，按月"),
    xAxis: { type: "category", data: rows.map((row) => row.cells[0].textContent.trim()) },
    yAxis: { type: "value", max: 100, axisLabel: { formatter: "{value}%" } },
    series: heads(table).slice(1, 4).map((name, nth) => ({
      name, type: "line", symbol: MARKS[nth], symbolSize: 9, connectNulls: false,
      lineStyle: { type: LINES[nth], width: 2.5 }, itemStyle: { color: RATES[nth] },
      data: rows.map((row) => row.cells[nth + 1].dataset.value || null),
    })),
  };
}

const KINDS = { stages, rates };

function draw() {
  document.querySelectorAll("figure[data-chart]").forEach((figure) => {
    const table = document.getElementById(figure.dataset.of);
    if (!table || !window.echarts) return;
    figure.hidden = false;
    const place = figure.querySelector("div");
    const chart = echarts.getInstanceByDom(place) ?? echarts.init(place);
    chart.setOption(KINDS[figure.dataset.chart](table));
  });
}

addEventListener("resize", () => {
  document.querySelectorAll("figure[data-chart] > div").forEach((place) => window.echarts?.getInstanceByDom(place)?.resize());
});
document.addEventListener("htmx:after:swap", draw);
draw();
