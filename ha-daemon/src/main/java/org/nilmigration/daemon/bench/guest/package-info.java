/** Real guests inside this process: owner, standby and target of a move without their daemons. */
package org.nilmigration.daemon.bench.guest;
