/** What the machine itself takes, with nothing of ours around it: the least that figures can be. */
package org.nilmigration.daemon.bench.floor;
