package dev.cnm.driver.bridge;

import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a table always holds: its sets and maps, empty, and the rules that ask them. The rules are
 * the same for one network as for a thousand.
 *
 * @param table the table
 * @param sets its sets and maps
 * @param chains its chains, those without rules of ours included
 * @param rules by the chain's name, in their order
 */
record TableLayout(
    NftTable table, List<NftSet> sets, List<Chain> chains, Map<String, List<Rule>> rules) {

  /**
   * A rule.
   *
   * @param comment for who lists it
   * @param expressions what it does
   */
  record Rule(String comment, List<Expression> expressions) {}

  /** Collects rules, chain by chain. */
  static final class Rules {
    private final Map<String, List<Rule>> rules = new LinkedHashMap<>();

    void add(String chain, String comment, List<Expression> matches, Expression action) {
      List<Expression> expressions = new ArrayList<>(matches);
      expressions.add(action);
      rules.computeIfAbsent(chain, it -> new ArrayList<>()).add(new Rule(comment, expressions));
    }

    Map<String, List<Rule>> all() {
      return rules;
    }
  }

  /** Adds what is missing of it and writes its rules anew; elements and other chains stay. */
  void addTo(Transaction transaction) {
    transaction.addTable(table);
    sets.forEach(set -> transaction.addSet(table, set));
    chains.forEach(chain -> transaction.addChain(table, chain));
    rules.forEach((chain, those) -> {
      transaction.deleteRules(table, chain);
      those.forEach(rule -> transaction.addRule(table, chain, rule.expressions(), rule.comment()));
    });
  }
}
