package dev.cnm.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Draws figures as SVG, on logarithmic scales, since they differ by orders of magnitude. */
final class Plot {

  private static final List<String> COLOURS =
      List.of("#1f6feb", "#d1242f", "#2da44e", "#8250df", "#bf8700", "#57606a", "#0a7ea4");
  private static final int WIDTH = 860;
  private static final int LEFT = 240;
  private static final int RIGHT = 40;
  private static final int TOP = 56;
  private static final int ROW = 30;

  private Plot() {}

  /** A bar: from the left to its value, with a line to a second one. */
  record Bar(String label, double value, double high) {}

  /** A curve over some numbers. */
  record Curve(String label, List<Point> points) {}

  /** A point of a curve. */
  record Point(double x, double y) {}

  /** Bars below each other, on a logarithmic scale. */
  static String bars(String title, String unit, List<Bar> bars) {
    double low = bars.stream().mapToDouble(Bar::value).min().orElse(1);
    double high = bars.stream().mapToDouble(Bar::high).max().orElse(10);
    Scale scale = Scale.over(low / 2, high, LEFT, WIDTH - RIGHT);
    int bottom = TOP + bars.size() * ROW;
    StringBuilder svg = begin(title, bottom + 44);
    for (double tick : scale.ticks()) {
      double x = scale.at(tick);
      line(svg, x, TOP - 6, x, bottom, "#d0d7de", 1);
      text(svg, x, bottom + 18, "middle", number(tick));
    }
    text(svg, (LEFT + WIDTH) / 2.0, bottom + 36, "middle", unit + ", p50 (bar) and p99 (line)");
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double y = TOP + i * ROW;
      text(svg, LEFT - 10, y + 17, "end", bar.label);
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>%n",
              LEFT,
              y + 3,
              Math.max(1, scale.at(bar.value) - LEFT),
              bar.label.startsWith("cnm") ? COLOURS.get(0) : "#8c959f"));
      line(svg, scale.at(bar.value), y + 12, scale.at(bar.high), y + 12, "#24292f", 2);
      text(svg, Math.min(scale.at(bar.value) + 6, WIDTH - 60), y + 8, "start", number(bar.value));
    }
    return svg.append("</svg>\n").toString();
  }

  /** Curves over one another, both axes logarithmic. */
  static String curves(String title, String xUnit, String yUnit, List<Curve> curves) {
    int bottom = 400;
    Scale across = Scale.over(extreme(curves, true, false), extreme(curves, true, true), 90, 620);
    Scale up =
        Scale.over(extreme(curves, false, false) / 1.5, extreme(curves, false, true), bottom, TOP);
    StringBuilder svg = begin(title, bottom + 60);
    for (double tick : up.ticks()) {
      line(svg, 90, up.at(tick), 620, up.at(tick), "#d0d7de", 1);
      text(svg, 84, up.at(tick) + 4, "end", number(tick));
    }
    for (Point point : curves.getFirst().points) {
      double x = across.at(point.x);
      line(svg, x, TOP, x, bottom, "#eaeef2", 1);
      text(svg, x, bottom + 18, "middle", number(point.x));
    }
    text(svg, 355, bottom + 40, "middle", xUnit);
    text(svg, 90, TOP - 10, "start", yUnit);
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i);
      String colour = COLOURS.get(i % COLOURS.size());
      StringBuilder points = new StringBuilder();
      for (Point point : curve.points) {
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", across.at(point.x), up.at(point.y)));
      }
      svg.append(
          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
              .formatted(points.toString().strip(), colour));
      line(svg, 640, TOP + 10 + i * 22, 664, TOP + 10 + i * 22, colour, 3);
      text(svg, 672, TOP + 14 + i * 22, "start", curve.label);
    }
    return svg.append("</svg>\n").toString();
  }

  private static double extreme(List<Curve> curves, boolean x, boolean greatest) {
    DoubleStream values =
        curves.stream().flatMap(it -> it.points.stream()).mapToDouble(it -> x ? it.x : it.y);
    return (greatest ? values.max() : values.min()).orElse(1);
  }

  /** A logarithmic scale from one place to another. */
  private record Scale(double low, double high, double from, double to) {

    static Scale over(double low, double high, double from, double to) {
      double least = Math.max(low, 1e-3);
      return new Scale(least, Math.max(high * 1.1, least * 2), from, to);
    }

    double at(double value) {
      double part = Math.log(Math.max(value, low) / low) / Math.log(high / low);
      return from + Math.min(part, 1) * (to - from);
    }

    List<Double> ticks() {
      List<Double> ticks = new ArrayList<>();
      boolean fine = high / low < 100;
      for (double power = Math.pow(10, Math.floor(Math.log10(low))); power <= high; power *= 10) {
        for (int times : fine ? new int[] {1, 2, 5} : new int[] {1}) {
          if (power * times >= low && power * times <= high) {
            ticks.add(power * times);
          }
        }
      }
      return ticks;
    }
  }

  private static StringBuilder begin(String title, int height) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d"
             font-family="system-ui, sans-serif" font-size="13" fill="#24292f">
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        """
            .formatted(WIDTH, height));
    svg.append("<text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\">")
        .append(escape(title))
        .append("</text>\n");
    return svg;
  }

  private static void line(
      StringBuilder svg, double x1, double y1, double x2, double y2, String colour, int width) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\""
                + " stroke-width=\"%d\"/>%n",
            x1,
            y1,
            x2,
            y2,
            colour,
            width));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            escape(text)));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** With as many digits as tell something. */
  static String number(double value) {
    double size = Math.abs(value);
    if (size >= 1e6) {
      return String.format(Locale.ROOT, "%.3g", value).replace("e+0", "e").replace("e+", "e");
    }
    if (size >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : "%.2f", value);
  }
}
